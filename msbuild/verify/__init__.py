"""Checks closures: builds stages with all files of the tree, under a tracer, and compares.

trace       reads strace output: system calls and processes
strace      wraps steps in strace; what the calls did with files
stages      what a checked stage sees
compare     what was used and is not declared
checking    checks one stage on this host
containers  checks one stage in a container
running     checks services, as a run
results     the results: text, JSON, annotations, `msbuild.lock`
"""
