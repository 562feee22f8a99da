FROM toolchain AS build
COPY --link CMakeLists.txt ./
COPY --link libs libs
COPY --link services/receipts services/receipts
RUN --mount=type=cache,target=/ccache \
    cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
        -DBUILD_SHARED_LIBS=OFF -DCMAKE_EXE_LINKER_FLAGS=-static && \
    ninja -C /build receipts && \
    install -D -s -t /out /build/services/receipts/receipts

FROM scratch
WORKDIR /app
COPY --link services/receipts/templates templates
COPY --link --from=build /out/receipts ./receipts
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./receipts"]
