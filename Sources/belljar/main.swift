internal import BelljarCommands

runBelljar()
