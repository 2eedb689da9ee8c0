// The door of @hallpass/token.
export {}
