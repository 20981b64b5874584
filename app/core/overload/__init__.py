"""More requests than can be answered: those that would wait too long are refused before a thread takes them.

Refusing must cost next to nothing, or it takes what answering needs: it happens where gunicorn accepts, before a
thread, the parser and the application. Decision 27 says why, and what was measured.
"""
