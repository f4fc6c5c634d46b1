"""The services that MiniStack 1.5.33 lacks, plugged into it. One module a service, `engine` for how they are plugged in."""
