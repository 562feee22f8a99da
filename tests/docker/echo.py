"""A plugin whose services are copies of text, on a shared stage that takes a while."""

PLUGIN = """
from msbuild.plugin.api import *
from msbuild.plugin.api import hookimpl

class Echo:
    name = "echo"
    version = "1"
    builder_options = (Option("slow", int, 0, "Seconds."), Option("salt", str, "", "New stages."))
    service_options = ()

    def inputs(self, service, builder, sources):
        return Inputs({path: "own" for path in sources.files(service.path)})

    def shared_stages(self, builder, services, sources):
        sleep = builder.options["slow"]
        deps = Stage(f"{builder.name}-deps", StageKind.DEPENDENCIES,
                     StageRef(f"{builder.name}-toolchain"),
                     (Copy((f"{builder.name}.lock",)),
                      Run(f"echo {quote(builder.options['salt'])}; sleep {sleep}")))
        return (toolchain(builder), deps)

    def service_build(self, service, builder, inputs, shared, sources):
        stage = Stage(f"{service.name}-build", StageKind.BUILD, StageRef(shared[-1].name),
                      (Copy(tuple(inputs.files)),
                       Run(f'mkdir -p "$OUT" && cp {quote(service.path)}/text "$OUT/"')))
        return ServiceBuild((stage,), (Artifact("text", "text"),))

@hookimpl
def msbuild_languages():
    return [Echo()]
"""
