"""One small clip for every codec, pixel format, group structure and container that ffmpeg can write here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import clips

SOURCE = "testsrc2=s={size}:r={fps}:d={seconds},noise=alls=12:allf=t:all_seed=7"
"""Moving shapes with noise: no two frames are the same."""


@dataclass(frozen=True)
class CodedFrames:
    """A codec with its options, in a container."""

    name: str
    arguments: str
    suffix: str
    size: str = "96x80"
    fps: str = "25"
    seconds: int = 4

    def make(self) -> Path:
        """Encode the clip, or find it."""
        source = SOURCE.format(size=self.size, fps=self.fps, seconds=self.seconds)
        words = ["-f", "lavfi", "-i", source, "-threads", "1", *self.arguments.split()]
        return clips.make(words, self.suffix)


H264 = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -x264-params threads=1:lookahead-threads=1:"
HEVC = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params log-level=error:pools=1:frame-threads=1:"
MPEG2 = "-c:v mpeg2video -b:v 400k -bf 2 -g 12"
PYRAMID = "keyint=250:bframes=5:b-pyramid=normal:b-adapt=0"
OPEN = "open-gop=1:keyint=12:min-keyint=12:bframes=3:b-adapt=0:scenecut=0"


def _colour(matrix: str, full: str) -> CodedFrames:
    tags = f"-colorspace {matrix} -color_primaries {matrix} -color_trc {matrix} -color_range {full}"
    tags = tags.replace("-color_trc bt2020nc", "-color_trc bt709").replace("primaries bt2020nc", "primaries bt2020")
    shape = "yuvj420p" if full == "pc" else "yuv420p"
    return CodedFrames(f"h264_{matrix}_{full}.mp4", f"-c:v libx264 -pix_fmt {shape} {tags}", ".mp4", seconds=1)


def _format(pixels: str, codec: str = "libx264", size: str = "97x83") -> CodedFrames:
    return CodedFrames(f"{codec}_{pixels}_{size}.mkv", f"-c:v {codec} -pix_fmt {pixels}", ".mkv", size, seconds=1)


FRAMES: tuple[CodedFrames, ...] = (
    CodedFrames("h264_gop12_b2.mp4", f"{H264}keyint=12:bframes=2", ".mp4"),
    CodedFrames("h264_pyramid.mp4", f"{H264}{PYRAMID}", ".mp4", seconds=12),
    CodedFrames("h264_gop600.mkv", f"{H264}keyint=600:bframes=3", ".mkv", seconds=26),
    CodedFrames("h264_one_slice_of_many.mp4", f"{H264}keyint=25:slices=4", ".mp4"),
    CodedFrames("h264_interlaced.mp4", f"{H264}keyint=12:tff=1:bframes=2 -flags +ildct+ilme", ".mp4", "96x96"),
    CodedFrames("h264_intra_refresh.mp4", f"{H264}intra-refresh=1:keyint=15:bframes=0", ".mp4"),
    *(
        CodedFrames(f"h264_open_gop{suffix}", f"{H264}{OPEN}", suffix)
        for suffix in (".mp4", ".mov", ".mkv", ".ts", ".flv", ".h264")
    ),
    CodedFrames("h264_fragmented.mp4", f"{H264}{OPEN} -movflags frag_keyframe+empty_moov", ".mp4"),
    CodedFrames("h264_sidx.mp4", f"{H264}{PYRAMID}:keyint=12 -movflags +dash+global_sidx", ".mp4"),
    CodedFrames("h264_without_cues.mkv", f"{H264}{OPEN} -live 1", ".mkv"),
    CodedFrames("h264_23976.mp4", f"{H264}{PYRAMID}", ".mp4", fps="24000/1001"),
    CodedFrames("h264_2997.ts", f"{H264}{PYRAMID}", ".ts", fps="30000/1001"),
    CodedFrames("hevc_open_gop.mp4", f"{HEVC}open-gop=1:keyint=12:bframes=4", ".mp4"),
    CodedFrames("hevc_closed_gop.mkv", f"{HEVC}open-gop=0:keyint=24:bframes=3:b-pyramid=1", ".mkv"),
    CodedFrames("hevc_temporal_layers.mp4", f"{HEVC}temporal-layers=3:keyint=24:bframes=4", ".mp4"),
    CodedFrames("hevc_open_gop.ts", f"{HEVC}open-gop=1:keyint=12:bframes=4", ".ts"),
    CodedFrames("hevc.hevc", f"{HEVC}open-gop=1:keyint=12:bframes=4", ".hevc"),
    CodedFrames("mpeg1.mpg", "-c:v mpeg1video -b:v 400k -bf 2 -g 12", ".mpg"),
    CodedFrames("mpeg2_open_gop.ts", MPEG2, ".ts"),
    CodedFrames("mpeg2_closed_gop.mkv", f"{MPEG2} -flags +cgop -sc_threshold 1000000000", ".mkv"),
    CodedFrames("mpeg4.mp4", "-c:v mpeg4 -b:v 400k -bf 2 -g 25", ".mp4"),
    CodedFrames("mpeg4_b.avi", "-c:v mpeg4 -b:v 400k -bf 2 -g 25", ".avi"),
    CodedFrames("xvid_packed.avi", "-c:v libxvid -b:v 400k -bf 2 -g 25", ".avi"),
    CodedFrames("msmpeg4.avi", "-c:v msmpeg4 -b:v 400k", ".avi"),
    CodedFrames("wmv2.wmv", "-c:v wmv2 -b:v 400k -f asf", ".wmv"),
    CodedFrames("flv1.flv", "-c:v flv -b:v 400k", ".flv"),
    CodedFrames("theora.ogg", "-c:v libtheora -q:v 5", ".ogg"),
    CodedFrames("vp8_altref.webm", "-c:v libvpx -b:v 200k -auto-alt-ref 1 -lag-in-frames 16 -g 40", ".webm"),
    CodedFrames("vp9_altref.webm", "-c:v libvpx-vp9 -b:v 200k -cpu-used 8 -lag-in-frames 16 -g 40", ".webm"),
    CodedFrames("vp9_altref.mp4", "-c:v libvpx-vp9 -b:v 200k -cpu-used 8 -lag-in-frames 16 -g 40", ".mp4"),
    CodedFrames("av1.mkv", "-c:v libaom-av1 -cpu-used 8 -b:v 100k -g 25 -lag-in-frames 12", ".mkv", seconds=3),
    CodedFrames("av1.mp4", "-c:v libaom-av1 -cpu-used 8 -b:v 100k -g 25 -lag-in-frames 12", ".mp4", seconds=3),
    CodedFrames("mjpeg.avi", "-c:v mjpeg -q:v 3", ".avi"),
    CodedFrames("mjpeg_422.mov", "-c:v mjpeg -q:v 3 -pix_fmt yuvj422p", ".mov"),
    CodedFrames("prores_422.mov", "-c:v prores_ks -profile:v 2", ".mov"),
    CodedFrames("prores_4444.mov", "-c:v prores_ks -profile:v 4 -pix_fmt yuv444p10le", ".mov"),
    CodedFrames("ffv1.mkv", "-c:v ffv1", ".mkv", "97x83"),
    CodedFrames("rawvideo.avi", "-c:v rawvideo -pix_fmt yuv420p", ".avi", seconds=2),
    CodedFrames("png.mov", "-c:v png -pix_fmt rgb24", ".mov", "97x83", seconds=2),
    CodedFrames("qtrle.mov", "-c:v qtrle -pix_fmt rgb24 -g 10", ".mov", "97x83"),
    CodedFrames("gif.gif", "-c:v gif", ".gif", fps="10"),
    *(_colour(matrix, full) for matrix in ("smpte170m", "bt709", "bt2020nc") for full in ("tv", "pc")),
    *(
        _format(pixels, size="98x82")
        for pixels in ("yuv420p", "yuv422p", "yuv444p", "gray", "yuv420p10le", "yuv422p10le")
    ),
    *(_format(pixels, "ffv1") for pixels in ("yuv420p", "yuv422p", "yuv444p12le", "gray10le", "gbrp", "yuv411p")),
)
