"""Checks closures: builds stages with the whole tree there, under a tracer, and compares.

calls      what strace wrote, as system calls        processes  who made them, and where it stood
accesses   what they did with files                  views      names in the tree and a sandbox
compare    what was used and is not declared         tracer     a step wrapped in strace
stages     stages with the whole tree there          checking   one stage, made and compared
containers the same in a container                   bundle     strace for any container
running    the stages of services, as a run          found      the results
report     the results, told                         writing    the results in `msbuild.lock`
"""
