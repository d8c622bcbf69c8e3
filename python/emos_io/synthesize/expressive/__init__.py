"""A drawn face and a voice that act Basic-7 labels: synthetic, says nothing about real emotion.

```text
 emotions.py ──> speakers.py ──> performance.py ──┬── face.py    frames at any times
 which labels    who acts: own                    └── voice.py   waveform of any rate
 look alike,     looks, voice                 what is acted, and when the face follows
 sound alike
```
"""
