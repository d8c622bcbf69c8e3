"""Training the baseline that ships: a recipe, a corpus and a split become a run folder; torch is imported with the first use.

```text
 recipe.py       a recipe of a file, checked
 sides.py        the train, validation and test items of a split; sides that share a group are refused
 plans.py        the windows of a side
 loop.py         one seed: epochs, early stopping, checkpoints from which it goes on exactly
 verb.py         all seeds of a run, resumed where they stopped
 run_folder.py   what a run leaves behind, written and read
 run_card.py     what was trained on what, as a page of text
 av_small/       the model
 predict/        what a run says of a corpus
```
"""
