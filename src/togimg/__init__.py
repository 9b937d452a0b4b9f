"""togimg makes pictures with Together AI's hosted image models.

Commands make jobs. The studio runs jobs and yields events. Displays show events::

    argv ─▶ cli ─▶ ImageRequest ─▶ Job ─▶ studio ─▶ Event, Event, … ─▶ display ─▶ exit code
                                           │
                                           ├─ ledger     what was sent, what became of it
                                           ├─ together   ask the API; decode or download
                                           ├─ pictures   check, convert, shrink
                                           ├─ stamp      put the recipe into the file
                                           └─ storage    reserve a name; whole or not at all

`catalogue` knows what each model takes, `batch` reads jobs files and `roll` keeps their jobs,
`sweep` knows what is varied, `expand` how a prompt chooses its words, `naming` what a file is
called, `recipe` how a picture is made again, `retry` how long to wait, `pacing` how many may ask at
once, `seats` how many may work, `settings` where things live, `ledger` what was asked for; `sheet`
lays pictures out on contact sheets, in `letters` that the machine has. `sandbox` is an emulator of
the API that shares no more than letters with the rest.
"""

__version__ = "0.1.0"
