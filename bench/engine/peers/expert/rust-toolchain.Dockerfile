FROM debian:trixie-slim
# archives stay in the mount; one mount a language, so that none waits for another
RUN --mount=type=cache,id=apt-rust,target=/var/cache/apt \
    --mount=type=cache,id=apt-lists-rust,target=/var/lib/apt \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates cargo gcc libc6-dev
WORKDIR /src
ENV CARGO_HOME=/cargo CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=/target RUSTFLAGS="-C target-feature=+crt-static"
