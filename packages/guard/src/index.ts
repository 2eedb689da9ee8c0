// The door of @hallpass/guard.
export {}
