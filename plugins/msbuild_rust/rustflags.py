"""The compiler's flags: the builder's own, joined with the project's.

Flags of ``[target.'cfg(…)']`` become shell conditions, because only the compiler knows the ``cfg``
values of its target.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, quote
from msbuild_rust.cfg import LIST_CFG, shell_condition
from msbuild_rust.toml_files import place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.plugin.api import Builder, Sources
    from msbuild_rust.cargo_config import CargoConfig

NAMES = PLAIN, ENCODED = ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS")
_SEPARATOR = "\x1f"
_STATIC = ("-C", "target-feature=+crt-static")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME_AND_VALUE = re.compile(r"(-\w|--[\w-]+) +(\S.*)", re.DOTALL)
_FUNCTIONS = (
    "said= host= separator=$(printf '\\037')",
    'add() { add_for_program "$@"; add_for_host "$@"; }',
    'add_for_program() { for flag; do said="$said$separator$flag"; done; }',
    # with a static C library there are no macros
    "add_for_host() { for flag; do",
    '  case $flag in *crt-static*) ;; *) host="$host$separator$flag" ;; esac',
    "done; }",
)
# As cargo does without `--target`: its flags are for build scripts and macros, too.
_WRAPPER = """\
cat > "$CACHE/rustc-of-host" <<'end'
#!/bin/sh
[ -z "$MSBUILD_WRAPPED" ] || set -- "$MSBUILD_WRAPPED" "$@"
for word; do case $word in --target|--target=*) exec "$@";; esac; done
IFS=$(printf '\\037'); set -f
exec "$@" $MSBUILD_HOST_FLAGS
end
chmod +x "$CACHE/rustc-of-host\""""


def builder_flags(builder: Builder) -> tuple[str, ...]:
    """The flags of a builder: those of its environment, then those of its options."""
    static = _STATIC if builder.options["static"] else ()
    items = builder.options["rustflags"]
    return (*env_flags(builder), *static, *(flag for item in items for flag in _split(item, items)))


def env_flags(builder: Builder) -> tuple[str, ...]:
    """The flags in a builder's environment, which replace those of all config files."""
    if ENCODED in builder.env:
        return tuple(filter(None, builder.env[ENCODED].split(_SEPARATOR)))
    return tuple(builder.env.get(PLAIN, "").split())


def variables(builder: Builder) -> Mapping[str, str]:
    """The variable that passes the builder's flags to cargo, if there are any.

    Flags that it cannot contain are set by scripts; it is still set, for executors to add to.
    """
    flags = builder_flags(builder)
    if not flags:
        return {}
    return {PLAIN: "" if _need_script(flags) else " ".join(flags)}


def _need_script(flags: Sequence[str]) -> bool:
    return any(" " in flag or _CONTROL.search(flag) for flag in flags)


def script_lines(
    config: CargoConfig, builder: Builder, sources: Sources, *, for_host: bool
) -> Iterator[str]:
    """The lines of a script that set flags that the toolchain's variable cannot contain.

    Args:
        config: the project's config.
        builder: the builder.
        sources: the source tree.
        for_host: whether the project's flags are for build scripts and macros, too.
    """
    replaced = PLAIN in builder.env or ENCODED in builder.env
    added = [*_for_host(env_flags(builder))] if replaced else [*_config_flags(config, sources)]
    own = builder_flags(builder)
    in_script = _need_script(own)
    if not added and not in_script:
        return
    yield from _FUNCTIONS
    yield from added
    if in_script:
        yield f"add_for_program {' '.join(map(_word, own))}"
    if in_script or not replaced:
        yield f"""own=$(printf %s "${{{PLAIN}-}}" | tr -s ' ' '\\037')"""
        yield 'said="$said${own:+$separator$own}"'
        yield f'export {ENCODED}="${{said#"$separator"}}"'
    if for_host and added:
        yield from _wrapper(config, builder)


def _config_flags(config: CargoConfig, sources: Sources) -> Iterator[str]:
    """Lines that add the flags of config files, in cargo's order."""
    keys = config.targets()
    if any(key.startswith("cfg(") for key in keys):
        yield LIST_CFG
    # triples come before expressions
    for key in sorted(keys, key=lambda key: (key.startswith("cfg("), key)):
        condition = _condition(key, config, sources)
        yield f"if {condition}; then add {_words(config.rustflags('target', key))}; fi"
    if build := config.rustflags("build"):
        yield f'[ -n "$said" ] || add {_words(build)}'


def _condition(key: str, config: CargoConfig, sources: Sources) -> str:
    if key.startswith("$"):
        return f"""[ "$(printf %s "$target" | tr 'a-z.-' 'A-Z__')" = {quote(key[1:])} ]"""
    if not key.startswith("cfg("):
        return f'[ "$target" = {quote(key)} ]'
    try:
        return shell_condition(key.removeprefix("cfg(").removesuffix(")"))
    except ValueError as error:
        setting = config.effective("target", key)
        path = setting[0].path if setting else ""
        where = place(path, sources.read(path), "target", key) if path else "--config"
        raise ConfigError(f"{where}: `{key}` is not a valid `cfg` expression") from error


def _for_host(flags: Sequence[str]) -> Iterator[str]:
    if flags:
        yield f"add_for_host {_words(flags)}"


def _wrapper(config: CargoConfig, builder: Builder) -> Iterator[str]:
    wrapped = quote(wrapper) if (wrapper := _wrapper_of(config, builder)) else ""
    if "/" in wrapped and not wrapped.startswith(("/", "'/")):
        wrapped = f'"$tree"/{wrapped}'
    yield _WRAPPER
    yield 'export MSBUILD_HOST_FLAGS="${host#"$separator"}"'
    yield f'export MSBUILD_WRAPPED={wrapped} RUSTC_WRAPPER="$CACHE/rustc-of-host"'


def _wrapper_of(config: CargoConfig, builder: Builder) -> str:
    """The compiler wrapper of the project; a path is relative to the source root."""
    for name in ("RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"):
        if name in builder.env:
            return builder.env[name]
    setting = config.effective("build", "rustc-wrapper")
    if not setting:
        return ""
    layer, wrapper = setting
    path = str(wrapper)
    return f"{layer.home}/{path}".removeprefix("/") if "/" in path and path[0] != "/" else path


def _words(flags: Sequence[str]) -> str:
    """Flags as shell words; `-C …crt-static…` is one word, so that it can be filtered out."""
    joined: list[str] = []
    for flag in flags:
        if joined and joined[-1] == "-C" and "crt-static" in flag:
            joined[-1] += flag
        else:
            joined.append(flag)
    return " ".join(_word(flag) for flag in joined)


def _word(flag: str) -> str:
    """A flag as a shell word without line breaks."""
    if not _CONTROL.search(flag):
        return quote(flag)
    plain = flag.replace("\\", "\\\\")
    escaped = _CONTROL.sub(lambda control: f"\\0{ord(control[0]):03o}", plain)
    return f'"$(printf %b {quote(escaped)})"'


def _split(item: str, items: Sequence[str]) -> Sequence[str]:
    """The flags of one item. A single item is split at spaces, as cargo splits ``RUSTFLAGS``.

    In a longer list each item is one flag, or a name and its value.
    """
    if _CONTROL.search(item):
        return (item,)
    if len(items) == 1:
        return item.split()
    match = _NAME_AND_VALUE.fullmatch(item)
    return match.groups() if match else ((item,) if item else ())
