FROM debian:trixie-slim AS build
RUN apt-get update && \
    apt-get install -y --no-install-recommends cmake g++ libevent-dev libfmt-dev ninja-build nlohmann-json3-dev pkg-config && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
        -DBUILD_SHARED_LIBS=OFF -DCMAKE_EXE_LINKER_FLAGS=-static && \
    ninja -C /build shipping && \
    install -D -s -t /out /build/services/shipping/shipping

FROM scratch
WORKDIR /app
COPY services/shipping/data data
COPY --from=build /out/shipping ./shipping
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./shipping"]
