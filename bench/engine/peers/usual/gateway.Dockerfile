FROM debian:trixie-slim AS build
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates golang-go && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/gateway ./services/gateway

FROM scratch
COPY <<EOF /etc/passwd
shop:x:10001:10001:shop:/app:/sbin/nologin
EOF
COPY <<EOF /etc/group
shop:x:10001:
EOF
WORKDIR /app
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/gateway ./gateway
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 10001:10001
ENTRYPOINT ["./gateway"]
