FROM debian:trixie-slim AS toolchain
# archives stay in the mount; one mount per language, so that none waits for another
RUN --mount=type=cache,id=apt-cpp,target=/var/cache/apt \
    --mount=type=cache,id=apt-lists-cpp,target=/var/lib/apt \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends ccache cmake g++ libevent-dev libfmt-dev ninja-build nlohmann-json3-dev pkg-config
WORKDIR /src
ENV CCACHE_DIR=/ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache

FROM toolchain AS receipts-build
COPY --link CMakeLists.txt ./
COPY --link libs libs
COPY --link services/receipts services/receipts
RUN --mount=type=cache,target=/ccache \
    cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
        -DBUILD_SHARED_LIBS=OFF -DCMAKE_EXE_LINKER_FLAGS=-static && \
    ninja -C /build receipts && \
    install -D -s -t /out /build/services/receipts/receipts

FROM scratch AS receipts
WORKDIR /app
COPY --link services/receipts/templates templates
COPY --link --from=receipts-build /out/receipts ./receipts
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./receipts"]

FROM toolchain AS search-build
COPY --link CMakeLists.txt ./
COPY --link libs libs
COPY --link services/search services/search
RUN --mount=type=cache,target=/ccache \
    cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
        -DBUILD_SHARED_LIBS=OFF -DCMAKE_EXE_LINKER_FLAGS=-static && \
    ninja -C /build search && \
    install -D -s -t /out /build/services/search/search

FROM scratch AS search
WORKDIR /app
COPY --link --from=search-build /out/search ./search
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./search"]

FROM toolchain AS shipping-build
COPY --link CMakeLists.txt ./
COPY --link libs libs
COPY --link services/shipping services/shipping
RUN --mount=type=cache,target=/ccache \
    cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
        -DBUILD_SHARED_LIBS=OFF -DCMAKE_EXE_LINKER_FLAGS=-static && \
    ninja -C /build shipping && \
    install -D -s -t /out /build/services/shipping/shipping

FROM scratch AS shipping
WORKDIR /app
COPY --link services/shipping/data data
COPY --link --from=shipping-build /out/shipping ./shipping
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./shipping"]
