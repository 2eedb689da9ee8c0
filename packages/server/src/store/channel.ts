// What a database offers for word between the processes that share it.

export interface Channel {
  /** Says it to every listener, this process included. A payload has at most 8000 bytes. */
  send(payload: string): Promise<void>
  /**
   * Listens until the answer is called. `begun` is called each time listening begins, also after the connection was lost:
   * whatever was said before is lost.
   */
  listen(hear: { readonly said: (payload: string) => void; readonly begun: () => void }): () => Promise<void>
}
