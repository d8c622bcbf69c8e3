//! The whole files from which damaged ones are made.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Larger files are left out: one of them takes the time of hundreds of small ones.
const MAX_BYTES: u64 = 1 << 18;

const VIDEO: &str = "testsrc=size=64x48:rate=10:duration=1,format=yuv420p";
const AUDIO: &str = "sine=frequency=440:sample_rate=48000:duration=1,aformat=channel_layouts=mono";

/// Files of a second: their name, and how they are coded. Those of one codec have one track.
const TINY: [(&str, &str); 20] = [
    ("h264_aac.mp4", "-c:v libx264 -g 5 -bf 2 -c:a aac"),
    ("h264_aac_fragments.mp4", "-c:v libx264 -g 5 -c:a aac -movflags frag_keyframe+empty_moov"),
    ("hevc.mp4", "-an -c:v libx265 -x265-params log-level=error -g 5"),
    ("mpeg4_alac.mov", "-c:v mpeg4 -bf 2 -c:a alac"),
    ("qtrle_pcm.mov", "-c:v qtrle -pix_fmt rgb24 -c:a pcm_s16le"),
    ("h264_mp3.mkv", "-c:v libx264 -g 5 -c:a libmp3lame"),
    ("mpeg4_flac.mkv", "-c:v mpeg4 -c:a flac"),
    ("vp9_opus.webm", "-c:v libvpx-vp9 -g 5 -c:a libopus"),
    ("vp8_vorbis.webm", "-c:v libvpx -g 5 -c:a libvorbis"),
    ("h264_aac.ts", "-c:v libx264 -g 5 -bf 2 -c:a aac"),
    ("mpeg2_mp2.ts", "-c:v mpeg2video -bf 2 -c:a mp2"),
    ("mpeg1_mp2.mpg", "-r 25 -c:v mpeg1video -c:a mp2"),
    ("mjpeg_pcm.avi", "-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le"),
    ("flv1_mp3.flv", "-c:v flv1 -c:a libmp3lame -ar 44100"),
    ("aac.m4a", "-vn -c:a aac"),
    ("aac.aac", "-vn -c:a aac"),
    ("mp3.mp3", "-vn -c:a libmp3lame"),
    ("opus.ogg", "-vn -c:a libopus"),
    ("flac.flac", "-vn -c:a flac"),
    ("pcm.wav", "-vn -c:a pcm_s16le -ar 8000"),
];

/// Make the tiny files that are not there yet, in `folder`, and return all of them.
///
/// # Errors
/// The folder cannot be written, or ffmpeg cannot be run. A codec that this ffmpeg lacks is left out.
pub fn tiny(folder: &Path) -> Result<Vec<Vec<u8>>, String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{error}: {folder:?}"))?;
    for (name, coding) in TINY {
        let (path, part) = (folder.join(name), folder.join(format!("part-{name}")));
        if path.exists() {
            continue;
        }
        let status = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", VIDEO, "-f", "lavfi", "-i", AUDIO])
            .args(["-shortest", "-threads", "1"])
            .args(coding.split(' '))
            .args(["-fflags", "+bitexact", "-flags", "+bitexact"])
            .arg(&part)
            .stderr(Stdio::null())
            .status()
            .map_err(|error| format!("ffmpeg cannot be run, which makes the seeds: {error}"))?;
        if status.success() {
            std::fs::rename(&part, &path).map_err(|error| format!("{error}: {path:?}"))?;
        } else {
            eprintln!("fuzz: this ffmpeg makes no {name}");
            let _ = std::fs::remove_file(&part);
        }
    }
    found(folder)
}

/// The files of a folder that are not too large, by name.
///
/// # Errors
/// The folder or a file of it cannot be read.
pub fn found(folder: &Path) -> Result<Vec<Vec<u8>>, String> {
    let broken = |error: std::io::Error| format!("{error}: {folder:?}");
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(broken)? {
        let path = entry.map_err(broken)?.path();
        let small = std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= MAX_BYTES);
        if small && !path.is_symlink() {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: &PathBuf| std::fs::read(path).map_err(|error| format!("{error}: {path:?}"));
    paths.iter().map(read).collect()
}
