"""Checks closures: builds stages with all files of the tree, under a tracer, and compares.

trace       reads strace output: system calls and processes
accesses    what the calls did with files
strace      wraps steps in strace
stages      what a checked stage sees
compare     what was used and is not declared
checking    checks one stage on this host
containers  checks one stage in a container
running     checks services, as a run
results     the results: text, JSON, annotations, `msbuild.lock`
"""
