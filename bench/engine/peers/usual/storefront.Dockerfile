FROM debian:trixie-slim AS build
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates golang-go && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/storefront ./services/storefront

FROM scratch
WORKDIR /app
COPY services/storefront/templates templates
COPY --from=build /out/storefront ./storefront
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./storefront"]
