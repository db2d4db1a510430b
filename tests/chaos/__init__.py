"""The fault suite: real servers, real workers, faults of every kind, and a count of what they cost.

``make chaos`` runs it (``python -m tests.chaos --help``), ``docs/faults.md`` tells of it, and
``tests/acceptance/test_chaos.py`` runs every scenario small.

**A scenario** is a function in :mod:`tests.chaos.faults`, in a module that
:mod:`tests.chaos.scenarios` imports::

    @scenario("broker-killed", store="s3", brokers=("redis", "rabbitmq"), quarantined=0)
    def broker_killed(rig: Rig) -> None:
        \"""The broker is killed (-9), and comes back empty.\"""
        rig.environment["COLOURWAY_CHUNK_SIZE"] = "16"     # before start: settings of all processes
        rig.enqueue_new(rig.jobs(full=3000, short=300))    # by `colourway enqueue`
        rig.start(workers=3)                               # `colourway work` and beat, supervised
        rig.wait_share(0.1)
        with rig.fault("killed"):                          # counts it, and measures the recovery
            rig.broker.kill()
            rig.broker.wipe()
            rig.broker.start()
        rig.finish()                                       # all jobs final, the broker empty

``store`` is where crops go: ``s3`` (rclone's server) or ``folder``. ``quarantined`` is how many
innocent pictures may end in quarantine. The docstring's first line is what ``--list`` shows.

**The rig** (:class:`tests.chaos.rig.Rig`), an installation
(:class:`tests.chaos.installation.Installation`) and what is done to it, is made for one scenario
and thrown away after it:

- ``postgres``, ``broker``, ``objects``: servers of the suite (:mod:`tests.chaos.servers.server`,
  :mod:`tests.chaos.servers.brokers`) with ``stop``, ``kill``, ``start`` (same port, same data)
  and ``wipe``; each scenario has an empty database and an empty bucket. They are started when
  first asked for and shared by the scenarios in turn, so leave them running.
- ``shop``: the web server with the pictures, which follow from their path alone
  (:mod:`tests.chaos.servers.pictures`). ``shop.picture(number, version)`` is what a feed names;
  ``shop.answers`` may answer requests otherwise.
- ``enqueue(pictures)`` and ``enqueue_new(count)``, or beside a block ``enqueuing(pictures)``;
  ``command(…)`` for any other ``colourway …``, ``run(entry, …)`` for a program of the suite.
  The same sku with another version replaces the picture: the rig remembers what must be there.
- ``start(workers)``; ``crew.members`` have ``processes()``, parents and children, to freeze or to
  kill; ``crew.kill_one``. Whatever ends is started again, as a service manager would.
- ``wire_to(port)``: a TCP proxy that can be cut; point a setting at ``wire.port``.
- ``environment["CHAOS_HOOKS"] = "name"``: what a worker does to itself before a stage
  (:mod:`tests.chaos.workers.hooks`).
- ``Gate`` (:mod:`tests.chaos.workers.gate`) has a picture wait before a stage, in its worker;
  :mod:`tests.chaos.workers.crash_points` ends a process at a line of the real code.
- ``Bucket`` (:mod:`tests.chaos.servers.bucket`) holds pictures for ``s3://`` URLs, ``S3Proxy``
  stands before the server and does what overloaded servers do, ``UploadHook`` is
  `colourway serve`.
- ``wait_for``, ``wait_share``, ``query``, ``finish``: what never comes raises ``Stuck``, and that
  fails the scenario.
- ``count(name)`` counts a fault; ``with fault(name):`` also measures the time from the block's end
  to the first job done that was leased after it. ``all_work_again(since)`` finds deaf workers.
- ``endings[url] = JobState.QUARANTINED``: how a picture must end that is not to be done;
  ``retired`` holds skus whose picture went. ``check`` may be replaced where nothing is to be done.
- ``problems``: append what else was wrong, in words.
- ``size(full, short)`` and ``jobs(full, short)`` choose by the form of the run; ``chance`` is a
  seeded ``random.Random``.

**Afterwards** the crew is stopped, and :func:`tests.chaos.check.check` reads database, store and
broker by itself: jobs, lost, doubled, stale, innocents in quarantine, attempts above the limit. Any
of them, or any problem, fails the scenario; its folder with all logs is kept and named.
"""
