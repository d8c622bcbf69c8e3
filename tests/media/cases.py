"""Which test shows which correctness case, and on which files."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """A row: what must hold, the files that show it, the tests that look."""

    what: str
    files: tuple[str, ...]
    tests: tuple[str, ...]


FRAMES = ("media/test_frames.py::test_random_times_and_indices_equal_ffmpeg",
            "media/test_frames.py::test_streamed_frames_equal_ffmpeg")  # fmt: skip
CODED = ("media/test_coded_frames.py::test_random_and_streamed_frames_equal_ffmpeg",)
"""Clips that the test makes itself: every codec, group structure, pixel format and container of ffmpeg here."""
TIMES = ("media/test_timeline.py::test_frames_appear_when_ffprobe_decodes_them",)
AUDIO = ("media/test_audio.py::test_the_track_is_ffmpegs_with_gaps_where_its_times_jump",)
WINDOWS = ("media/test_audio_windows.py::test_windows_of_real_files_equal_the_slice",)

CASES: dict[str, Case] = {
    "C1": Case("H.264 with B-frames, short and huge groups", (
        "made/base_en_grid_30s.mp4", "made/huge_gop_120s_one_keyframe.mp4", "made/long_en_grid_180s.mp4"),
        (*FRAMES, *CODED)),
    "C2": Case("open groups in H.264 and HEVC, temporal layers", (
        "made/open_gop.mp4", "torture/mb_entry24-segment3.ts", "talking/xx_pyfeat_face_noface_6s.mov"),
        (*FRAMES, *CODED)),
    "C3": Case("HEVC before its first group and backward at the end", (
        "torture/mb_hevc.ts", "torture/mb_video-h265.mp4", "torture/exo_sample_h265.ts"), (*FRAMES, *CODED)),
    "C4": Case("edit lists, empty edits, negative times", (
        "made/cut_copy_3p7s_editlist.mp4", "made/cut_copy_3p7s_negative_ts.mkv", "made/negative_start_1s.mkv"),
        (*FRAMES, *TIMES, "media/test_timeline.py::test_media_zero_is_the_earliest_presentation_of_all_tracks")),
    "C5": Case("discarded leading frames", (
        "torture/exo_dolbyVision-hdr.MOV", "torture/mb_no-correct-videoframe-format.mov"), (*FRAMES, *TIMES)),
    "C6": Case("MPEG-TS cut in mid-group, wrapped clock, reset clock", (
        "made/open_gop_cut_leading_b.ts", "made/ts_33bit_wrap_at_8p7s.ts",
        "made/concat_ts_size_and_rate_change_and_time_reset.ts", "torture/mb_missing-keyframe-labels.ts"),
        (*FRAMES, "media/test_odd_files.py::test_after_a_jump_of_the_clock_time_goes_on_with_a_warning")),
    "C7": Case("AVI and raw streams without presentation times", (
        "torture/gr_b_mpeg4_mp3.avi", "made/mp3.avi", "made/raw_es.h264"), (*FRAMES, *CODED)),
    "C8": Case("variable rates, gaps, what is on screen when", (
        "made/sync_vfr_60s.mp4", "torture/tc_var_fps_video.mp4", "made/gap_video_10_12s.mp4"),
        (*FRAMES, "media/test_on_screen.py::test_a_frame_appears_at_exactly_its_pts",
         "media/test_on_screen.py::test_just_before_its_pts_the_one_before_is_on_screen")),
    "C9": Case("fractional rates without drift", ("made/sync_2997fps_60s.mp4", "made/sync_23976fps_60s.mkv"),
        ("media/test_coded_frames.py::test_an_hour_of_fractional_rate_does_not_drift",
         "media/test_on_screen.py::test_every_float_pts_of_a_real_file_means_its_frame",
         "media/test_fps_grid.py::test_the_grid_equals_the_fps_filter")),
    "C10": Case("the same content in every container", (
        "made/remux.mkv", "made/remux.mov", "made/remux.ts", "made/remux.flv", "made/frag.mp4",
        "made/frag_every_frame.mp4", "made/mp3.avi"), (*FRAMES, *TIMES, *CODED,
        "media/test_coded_frames.py::test_the_same_film_in_another_container_has_the_same_frames")),
    "C11": Case("AV1, VP8, VP9 with hidden frames, 4:4:4, 10 bit, gray, odd sizes", (
        "made/av1_opus.webm", "made/vp8_vorbis.webm", "torture/exo_roadtrip-vp92-10bit.webm",
        "made/odd_853x481_h264_444.mp4", "made/hevc10.mp4", "made/gray.mp4"), (*FRAMES, *CODED)),
    "C12": Case("rotation, sample aspect ratio, change of size", (
        "made/rotate_90.mp4", "made/rotate_180.mp4", "made/rotate_270.mp4", "torture/mb_sar_2x1.mp4"),
        (*FRAMES, "media/test_geometry.py::test_frames_are_upright",
         "media/test_geometry.py::test_mirrored_frames_equal_ffmpeg",
         "media/test_odd_files.py::test_after_a_change_of_size_frames_take_the_size_of_the_first")),
    "C15": Case("skipped frames and threads change nothing", ("made/open_gop.mp4", "made/hevc10.mp4", "made/mp3.avi"),
        ("media/test_coded_frames.py::test_skipping_unreferenced_frames_changes_nothing",
         "media/test_coded_frames.py::test_any_number_of_threads_gives_the_same",
         "media/test_read_plan.py::test_frames_between_skipped_ones_are_those_of_a_full_pass",
         "media/test_read_plan.py::test_any_number_of_threads_gives_the_same")),
    "C16": Case("scaling in one pass", ("made/base_en_grid_30s.mp4",),
        (*FRAMES, "media/test_geometry.py::test_stretched_frames_are_one_pass_of_the_scale_filter",
         "media/test_geometry.py::test_a_box_is_cut_from_the_planes_and_then_scaled")),
    "C17": Case("any window of any codec is a slice of the full track", (
        "made/novideo_vbr.mp3", "made/novideo.flac", "made/vp8_vorbis.webm"),
        ("media/test_audio.py::test_each_codec_and_container_equals_one_linear_decode",
         "media/test_audio_windows.py::test_windows_of_every_codec_equal_the_slice", *WINDOWS)),
    "C18": Case("coarse clocks: Matroska, WebM, TS, FLV", ("made/remux.mkv", "made/vp9_opus.webm", "made/remux.flv"),
        (*AUDIO, *WINDOWS)),
    "C19": Case("encoder delay and padding", ("made/novideo.opus", "torture/mb_vorbis-eos.ogg", "torture/exo_sample.mp4"),
        (*AUDIO, "media/test_audio.py::test_clicks_land_where_they_were_put")),
    "C20": Case("resampled windows after any history", ("made/base_en_grid_30s.mp4",),
        ("media/test_audio_windows.py::test_other_rates_too",
         "media/test_audio.py::test_the_resampled_track_equals_ffmpegs")),
    "C22": Case("audio and frames on one clock", (
        "made/sync_25fps_60s.mp4", "made/audio_late_1500ms.mp4", "made/video_late_700ms.ts"),
        ("media/test_sync.py::test_flash_and_click_come_together_each_second",
         "media/test_sync.py::test_a_late_track_stays_late",
         "media/test_sync.py::test_a_window_holds_the_frames_and_samples_of_its_span")),
    "C23": Case("edges of windows and tracks", ("made/video_3s_longer.mp4", "made/audio_3s_longer.mp4"),
        ("media/test_on_screen.py::test_what_a_span_lacks_is_marked_and_zero",
         "media/test_on_screen.py::test_spans_wholly_outside_are_all_marked",
         "media/test_sync.py::test_what_a_short_track_lacks_at_the_end_is_marked")),
    "C24": Case("broken files", (
        "made/trunc_60pct_faststart.mp4", "made/trunc_60pct_no_moov.mp4", "made/zero_byte.mp4", "made/corrupt_bytes.mp4",
        "made/corrupt_lost_packets.ts", "made/html_error_page.mp4"),
        ("media/test_odd_files.py::test_what_is_no_medium_is_unreadable",
         "boundary/test_hostile_files.py::test_flipped_bytes_end_in_an_error_or_in_marks",
         "boundary/test_hostile_files.py::test_truncated_files_are_read_as_far_as_they_go",
         "media/test_damage.py::test_damage_looks_the_same_in_every_order_and_with_every_number_of_threads",
         "media/test_damage.py::test_gops_without_damage_equal_ffmpeg")),
    "C25": Case("every kind of source", ("made/remux.mkv",),
        ("boundary/test_sharing.py::test_every_kind_of_source_gives_the_same",
         "boundary/test_file_objects.py::test_whatever_call_raises_its_exception_comes_out",
         "boundary/test_file_objects.py::test_short_reads_are_continued")),
    "C26": Case("forks, spawned processes, threads, Ctrl-C, exit", ("made/remux.mkv",),
        ("boundary/test_sharing.py::test_a_media_pickles_into_a_spawned_process",
         "boundary/test_sharing.py::test_threads_share_one_reader",
         "boundary/test_endings.py::test_a_child_goes_on_with_a_stream_of_its_parent",
         "boundary/test_bindings.py::test_control_c_is_a_keyboard_interrupt")),
    "C27": Case("nothing is left behind", ("made/0p2s.mp4",),
        ("boundary/test_sharing.py::test_opening_and_closing_leaves_nothing_behind",)),
    "C30": Case("arrays share memory and outlive the reader", ("made/remux.mkv",),
        ("boundary/test_sharing.py::test_torch_shares_the_memory",
         "boundary/test_sharing.py::test_arrays_outlive_the_reader_and_can_be_written",
         "boundary/test_bindings.py::test_python_runs_while_the_core_decodes")),
}  # fmt: skip
