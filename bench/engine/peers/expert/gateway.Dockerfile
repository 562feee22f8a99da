FROM toolchain AS build
COPY --link go.mod go.sum ./
COPY --link lib lib
COPY --link services/gateway services/gateway
RUN --mount=type=cache,target=/mod --mount=type=cache,target=/cache \
    go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/gateway ./services/gateway

FROM scratch
COPY <<EOF /etc/passwd
shop:x:10001:10001:shop:/app:/sbin/nologin
EOF
COPY <<EOF /etc/group
shop:x:10001:
EOF
WORKDIR /app
COPY --link --from=toolchain /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --link --from=build /out/gateway ./gateway
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 10001:10001
ENTRYPOINT ["./gateway"]
