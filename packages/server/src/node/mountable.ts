// What the doors for frameworks need of a server: its fetch, and the address of the client told from outside.

export interface Mountable {
  fetch(request: Request, from?: { readonly address?: string | undefined }): Promise<Response>
}
