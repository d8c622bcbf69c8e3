"""A small causal model of talking heads: grey frames and log-mel, a GRU for each channel, one decision a step of 250 ms.

```text
 options.py   what the model is made of; loads no torch
 log_mel.py   log-mel frames that end at their hop
 state.py     what is carried from one window to the next
 encoders.py  a channel's steps, and its GRU
 model.py     both channels, the heads, and which channels are dropped in training
 inputs.py    batches of windows as the model's inputs
```

Nothing is exported here, since `options` loads no torch and the other files do.
"""
