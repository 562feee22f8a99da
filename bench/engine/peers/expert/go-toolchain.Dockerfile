FROM debian:trixie-slim
# archives stay in the mount; one mount a language, so that none waits for another
RUN --mount=type=cache,id=apt-go,target=/var/cache/apt \
    --mount=type=cache,id=apt-lists-go,target=/var/lib/apt \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates golang-go
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOMODCACHE=/mod GOCACHE=/cache
