"""Prepares a bare machine to build and test: packages, a Docker engine, a base image."""
