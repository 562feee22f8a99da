FROM debian:trixie-slim
# archives stay in the mount; one mount a language, so that none waits for another
RUN --mount=type=cache,id=apt-cpp,target=/var/cache/apt \
    --mount=type=cache,id=apt-lists-cpp,target=/var/lib/apt \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends ccache cmake g++ libevent-dev libfmt-dev ninja-build nlohmann-json3-dev pkg-config
WORKDIR /src
ENV CCACHE_DIR=/ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
