"""How a process starts, drains, closes and exits in time: our server, others, and the worker.

Lifecycle has the three steps. What calls them:

- In our server, each server process: serving/after_fork.py starts the lifecycle half a second
  after the application is loaded; on a stop, serving/server_process.py drains it while requests
  finish; at exit, after_fork.py closes it (its own call of `drain` only waits for that one).
- In other WSGI servers, the process that answers requests: serving/after_fork.py does all three.
- In a Celery worker, the process that runs the tasks: worker/task_process.py does all three.

exits.py ends a process by a deadline when something in it would not end by itself.
"""
