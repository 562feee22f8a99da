FROM toolchain AS build
COPY --link go.mod go.sum ./
COPY --link lib lib
COPY --link services/catalog services/catalog
RUN --mount=type=cache,target=/mod --mount=type=cache,target=/cache \
    go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/catalog ./services/catalog

FROM scratch
WORKDIR /app
COPY --link services/catalog/data data
COPY --link --from=build /out/catalog ./catalog
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./catalog"]
