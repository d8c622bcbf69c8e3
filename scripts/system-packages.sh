#!/usr/bin/env bash
# Install what a fresh Debian machine lacks to build and test: FFmpeg's libraries and headers, its command line (the
# authority of the tests), clang for the bindings. `wheel`: what builds FFmpeg itself; `test-wheel`: what makes a bare root;
# `browser`: a browser that lays pages out for the tests, with Chinese letters.
set -euo pipefail

packages=(ffmpeg libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libswresample-dev clang libclang-dev pkg-config)
case "${1:-}" in
  "") ;;
  wheel) packages=(libclang-dev pkg-config make binutils nasm zlib1g-dev gcc libc6-dev) ;;
  test-wheel) packages+=(binutils debootstrap) ;;
  browser) packages=(chromium fonts-noto-cjk) ;;
  *)
    echo "the purpose must be wheel, test-wheel, browser or left out, got $1" >&2
    exit 2
    ;;
esac

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "this is no Debian machine: install what these packages hold: ${missing[*]}" >&2
  exit 1
fi
run=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "these packages are missing, and installing them needs root: ${missing[*]}" >&2
    exit 1
  fi
  run=(sudo)
fi
echo "installing ${missing[*]}"
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
