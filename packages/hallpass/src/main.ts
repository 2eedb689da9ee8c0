// The program: reads the command line and runs one command.
export {}
