//! Sets a `cfg` for each FFmpeg version at which the code must differ, and compiles what only C can write.

fn main() {
    for version in ["ffmpeg_6_1", "ffmpeg_7_0", "ffmpeg_8_0"] {
        println!("cargo::rustc-check-cfg=cfg({version})");
        if std::env::var_os(format!("DEP_FFMPEG_{}", version.to_uppercase())).is_some() {
            println!("cargo::rustc-cfg={version}");
        }
    }
    println!("cargo::rerun-if-changed=src/log.c");
    cc::Build::new().file("src/log.c").compile("emos_log");
}
