"""When ccache may go by what a source has included before, instead of preprocessing it again.

Its direct mode compares the content of every header that was included. It does not see that another
one has come to stand before it, or what ``__has_include`` says now. While no file has come or gone,
neither can be: so the names of all files that a compiler can find decide what the direct mode
remembers. They go into a variable that ccache takes for a part of what that mode goes by, and of
nothing else; compilers of C and C++ do not read it. With other names sources are preprocessed, and
what was compiled of the same text is found as ever.

It stays off where that is not enough: where rules may make headers while sources are compiled, and
where flags do not say plainly which directories are meant.
"""

from __future__ import annotations

GUARD = r"""
# what these flags have compilers read is no part of the key, or not in every release
unseen='-f(profile|auto-profile|branch-prob|plugin|module|sanitize-[a-z]*list)|-specs|-wrapper'
unseen="$unseen|-Wa,|-Xassembler| -B|--sysroot|-fthinlto-index"
if grep -Eq "^  (FLAGS|INCLUDES) = .*($unseen)" "$build/build.ninja"; then
  export CCACHE_DISABLE=1
fi""".strip().splitlines()
"""Lines of a script that turn ccache off where its key does not hold all that compilers read."""

LINES = r"""
# ccache goes by the headers of last time only while there are the same files to include
unclear=$(sed -nf - "$build/build.ninja" "$build/CMakeFiles/rules.ninja" <<'END'
/^build .*: CUSTOM_COMMAND/{
  /\/\(edit_cache\|rebuild_cache\|install\(\/[a-z]*\)\?\|list_install_components\)\.util:/!p
}
/^  \(PRE_LINK\|POST_BUILD\) = [^:]/p
s/-ffile-prefix-map='[^']*'//g
/^  \(FLAGS\|INCLUDES\) = .*\(["'$;@\]\|\.\.\)/p
/^  command = .* -\(I\|i[a-z]\)/p
END
) || unclear=all
if [ -z "$unclear${CPATH-}${C_INCLUDE_PATH-}${CPLUS_INCLUDE_PATH-}" ]; then
  places=$(
    printf '%s\n' . "$build"
    sed -n 's/^set(CMAKE_CX*_IMPLICIT_INCLUDE_DIRECTORIES "\(.*\)")$/\1/p' \
      "$build"/CMakeFiles/[0-9]*/CMakeC*Compiler.cmake | tr ';' '\n'
    sed -n "s/-ffile-prefix-map='[^']*'//g;s/^  \(FLAGS\|INCLUDES\) = //p" "$build/build.ninja" |
      tr ' ' '\n' | sed -n 's,^[^/]*/,/,p'
  )
  OBJC_INCLUDE_PATH=$(echo "$places" | sort -u | tr '\n' '\0' |
    xargs -0 -I{} find -L {} 2> /dev/null | LC_ALL=C sort -u | sha256sum)
  export OBJC_INCLUDE_PATH
  unset CCACHE_NODIRECT
fi""".strip().splitlines()
"""Lines of a script, between configuring and building."""
