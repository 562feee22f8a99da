"""The build record of the last run, which shows the next run that nothing has changed.

With nothing to do, ``msbuild all`` needs only the fast path. It checks everything that a full load
depends on: files by their stats, and whether the images exist. If anything has changed, the
workspace is loaded.

fast_path    compares the build record with now; no heavy imports
incremental  loads only the services that edited files belong to
record_file  the build record and its file
traces       the answers of the last run and their dependencies
answers      answers as bytes
recording    creates the build record at the end of a run
"""
