// The door of @hallpass/server.
export {}
