"""What the notebooks of the lecture are made of: words in two languages, guesses, exercises.

A lesson is a notebook that a teacher can change without knowing more than this page::

    from tunewidgets import lesson

    lesson.header()
    lesson.say(en="# Grid or random?", ko="# 격자 탐색인가, 무작위 탐색인가?")
    lesson.guess(lesson.say(en="...", ko="..."), [...], then=lesson.say(...))
    study = tw.Study(..., storage=lesson.stored("03_search"))  # has something to show at once
    lab = tw.Lab(study, note=lesson.note(data))
    lesson.exercise(lab, lesson.say(...), check=lambda snapshot: ...)

Both languages stand in one place, and the page shows the one that `tunewidgets.language` says.
"""

from tunewidgets.lesson.exercise import Exercise as exercise  # noqa: N813 -- read as a verb
from tunewidgets.lesson.gallery import gallery, header
from tunewidgets.lesson.guess import guess
from tunewidgets.lesson.shelf import note, notebooks, stored
from tunewidgets.lesson.words import Words
from tunewidgets.lesson.words import Words as say  # noqa: N813 -- read as a verb

__all__ = ["Words", "exercise", "gallery", "guess", "header", "note", "notebooks", "say", "stored"]
