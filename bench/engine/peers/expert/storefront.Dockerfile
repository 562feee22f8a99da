FROM toolchain AS build
COPY --link go.mod go.sum ./
COPY --link lib lib
COPY --link services/storefront services/storefront
RUN --mount=type=cache,target=/mod --mount=type=cache,target=/cache \
    go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/storefront ./services/storefront

FROM scratch
WORKDIR /app
COPY --link services/storefront/templates templates
COPY --link --from=build /out/storefront ./storefront
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./storefront"]
