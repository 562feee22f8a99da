"""What a bare machine needs for building and testing: packages, a Docker engine, a base image."""
