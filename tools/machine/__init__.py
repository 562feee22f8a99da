"""What a bare machine needs to build and test: packages, a Docker engine, a base image."""
