"""How often the bytes of a frame are copied on the way to a caller, counted at libc's own copies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oracle import clips

COUNTER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
typedef void *(*copy_t)(void *, const void *, size_t);
static copy_t copy, move;
static uint64_t sizes[4], counts[4];
static void count(size_t n) {
    for (int i = 0; i < 4; i++) if (sizes[i] == n) __atomic_fetch_add(&counts[i], 1, __ATOMIC_RELAXED);
}
static void *by_bytes(void *to, const void *from, size_t n) {
    volatile char *a = to; const volatile char *b = from;
    if (a < b) for (size_t i = 0; i < n; i++) a[i] = b[i]; else for (size_t i = n; i--;) a[i] = b[i];
    return to;
}
__attribute__((constructor)) static void begin(void) {
    move = (copy_t)dlsym(RTLD_NEXT, "memmove"); copy = (copy_t)dlsym(RTLD_NEXT, "memcpy");
}
void *memcpy(void *to, const void *from, size_t n) { count(n); return copy ? copy(to, from, n) : by_bytes(to, from, n); }
void *memmove(void *to, const void *from, size_t n) { count(n); return move ? move(to, from, n) : by_bytes(to, from, n); }
void watch(int i, uint64_t size) { counts[i] = 0; sizes[i] = size; }
uint64_t counted(int i) { return counts[i]; }
"""
"""Stands before libc, and counts copies of four sizes."""

READ = """
import ctypes, json, sys
from fractions import Fraction
from emos_io import Collate, Media, Span, VideoSpec, WindowLoader, WindowPlan
from emos_io.corpus import Monologue

libc = ctypes.CDLL(None)
libc.watch.argtypes, libc.counted.restype = [ctypes.c_int, ctypes.c_uint64], ctypes.c_uint64
HEIGHT, WIDTH, NUM_FRAMES, SECONDS = 224, 225, 8, 10
SIZES = [WIDTH * 3, HEIGHT * WIDTH * 3, NUM_FRAMES * HEIGHT * WIDTH * 3]
item = Monologue(key="s/a", name="a", title="a", language="en", duration=Fraction(SECONDS), path=sys.argv[1])
plan = WindowPlan([item], 2, 2, order="sequential")
spans = [Span(start, start + 2) for start in range(0, SECONDS, 2)]

def load(order, **options):
    video = VideoSpec(4, (HEIGHT, WIDTH), dimension_order=order)
    with WindowLoader(plan, video=video, audio=None, collate=Collate("numpy"), num_threads=1, **options) as loader:
        return sum(int(batch.num_frames.sum()) for batch in loader)

def windows(order):
    media = Media(sys.argv[1], audio=False)
    read = media.windows_at(spans, fps=4, size=(HEIGHT, WIDTH), dimension_order=order)
    return sum(len(window.video) for window in read)

def frames(order):
    span = Span(0, SECONDS)
    return len(Media(sys.argv[1]).frames_in(span, fps=4, size=(HEIGHT, WIDTH), dimension_order=order))

ways = {"frames_in": frames, "windows_at": windows, "loader": load,
        "loader with a transform": lambda order: load(order, transform=lambda sample, rng: sample)}
copies = {}
for name, read in ways.items():
    for order in ("THWC", "TCHW"):
        for number, size in enumerate(SIZES):
            libc.watch(number, size)
        num_frames = read(order)
        copied = [libc.counted(number) * size for number, size in enumerate(SIZES)]
        # Whole copies of all frames: something else may now and then be as long as a row.
        copies[f"{name} {order}"] = [each // (num_frames * SIZES[1]) for each in copied]
print(json.dumps(copies))
"""
"""Reads a file in every way, and prints how often each frame was copied by rows, as a frame and within a window."""


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("cc") is None, reason="needs a C compiler and LD_PRELOAD")
def test_a_frame_is_copied_as_often_as_the_architecture_says(tmp_path: Path) -> None:
    source, library = tmp_path / "counter.c", tmp_path / "counter.so"
    source.write_text(COUNTER)
    words = ["cc", "-O2", "-fno-builtin", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(clips.counting_clip(seconds=10, rate=8_000))],
        env={**os.environ, "LD_PRELOAD": str(library)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    # By rows from swscale's memory; as a frame into the window or the row of the batch; as a window into the batch.
    # A copy that moves channels is a loop, and no copy of libc.
    assert json.loads(done.stdout) == {
        "frames_in THWC": [1, 1, 0],
        "frames_in TCHW": [1, 1, 0],
        "windows_at THWC": [1, 1, 0],
        "windows_at TCHW": [1, 1, 0],
        "loader THWC": [1, 1, 0],
        "loader TCHW": [1, 0, 0],
        "loader with a transform THWC": [1, 1, 1],
        "loader with a transform TCHW": [1, 1, 0],
    }
