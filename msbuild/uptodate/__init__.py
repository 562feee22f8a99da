"""The build record of the last run, by which the next one finds out that nothing has changed.

With nothing to do, ``msbuild all`` needs only the fast path. It checks everything that a full load
depends on: files by their stats, and whether the images exist. Its answer is "nothing has changed"
or nothing at all, and then the workspace is loaded.

fast_path    compares the build record with now; no heavy imports
incremental  loads only the services that edited files belong to
record_file  the build record and its file
stage_store  the stages of the last run
recording    creates the build record at the end of a run
"""
