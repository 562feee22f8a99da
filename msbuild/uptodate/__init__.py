"""A witness of the last run: what it saw, so that the next one can tell that nothing has changed.

The check is all that ``msbuild all`` needs when there is nothing to do. It takes nothing on trust
that the long way would look at: files by their signs, images where they are kept. It can only say
"as it was" or nothing at all; then the long way is taken.

check      does everything stand as it was? imports nothing heavy    kept    the file it is in
images     are the images there?                                     key     what was asked, by whom
taking     makes a witness of a run
"""
