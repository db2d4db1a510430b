"""The front door: the command line, embedded mode, the report and the demo.

The only package that may know both producer and worker; it imports either only inside functions,
so that a producer's commands start without what a worker needs.
"""
