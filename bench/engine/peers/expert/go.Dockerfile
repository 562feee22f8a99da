FROM debian:trixie-slim AS toolchain
# archives stay in the mount; one mount per language, so that none waits for another
RUN --mount=type=cache,id=apt-go,target=/var/cache/apt \
    --mount=type=cache,id=apt-lists-go,target=/var/lib/apt \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates golang-go
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOMODCACHE=/mod GOCACHE=/cache

FROM toolchain AS catalog-build
COPY --link go.mod go.sum ./
COPY --link lib lib
COPY --link services/catalog services/catalog
RUN --mount=type=cache,target=/mod --mount=type=cache,target=/cache \
    go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/catalog ./services/catalog

FROM scratch AS catalog
WORKDIR /app
COPY --link services/catalog/data data
COPY --link --from=catalog-build /out/catalog ./catalog
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./catalog"]

FROM toolchain AS gateway-build
COPY --link go.mod go.sum ./
COPY --link lib lib
COPY --link services/gateway services/gateway
RUN --mount=type=cache,target=/mod --mount=type=cache,target=/cache \
    go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/gateway ./services/gateway

FROM scratch AS gateway
COPY <<EOF /etc/passwd
shop:x:10001:10001:shop:/app:/sbin/nologin
EOF
COPY <<EOF /etc/group
shop:x:10001:
EOF
WORKDIR /app
COPY --link --from=toolchain /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --link --from=gateway-build /out/gateway ./gateway
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 10001:10001
ENTRYPOINT ["./gateway"]

FROM toolchain AS storefront-build
COPY --link go.mod go.sum ./
COPY --link lib lib
COPY --link services/storefront services/storefront
RUN --mount=type=cache,target=/mod --mount=type=cache,target=/cache \
    go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/storefront ./services/storefront

FROM scratch AS storefront
WORKDIR /app
COPY --link services/storefront/templates templates
COPY --link --from=storefront-build /out/storefront ./storefront
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./storefront"]
