// The door of @hallpass/browser.
export {}
