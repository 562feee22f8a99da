FROM toolchain AS build
COPY --link CMakeLists.txt ./
COPY --link libs libs
COPY --link services/shipping services/shipping
RUN --mount=type=cache,target=/ccache \
    cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
        -DBUILD_SHARED_LIBS=OFF -DCMAKE_EXE_LINKER_FLAGS=-static && \
    ninja -C /build shipping && \
    install -D -s -t /out /build/services/shipping/shipping

FROM scratch
WORKDIR /app
COPY --link services/shipping/data data
COPY --link --from=build /out/shipping ./shipping
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./shipping"]
