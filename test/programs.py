"""Runs servers' own command lines, each case in a process of its own, and says what they make of it.

Standard input: a list of `{"program", "folder", "args", "environment"}` as JSON. Standard output: a list of
`{"status", "output", "settings"}`; `settings` by long flag, for the programs that do not print them themselves.
"""

import argparse, email.message, importlib, inspect, json, logging.config, os, shlex, ssl, sys, tempfile  # noqa: E401, F401  what all cases import is imported once


imported = {
    "gunicorn": ["gunicorn.errors", "gunicorn.util", "gunicorn.sock", "gunicorn.reloader"],
    "uvicorn": ["uvicorn.main"],
    "celery": ["celery.bin.celery", "celery.bin.worker", "celery.bin.beat", "celery.concurrency.thread", "celery.apps.worker"],
}


def gunicorn(args):
    from gunicorn.app.wsgiapp import WSGIApplication
    sys.argv = ["gunicorn", *args]
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()


def uvicorn(args):
    importlib.import_module("uvicorn.main")
    return given(sys.modules["uvicorn.main"].main.make_context("uvicorn", list(args)), args)


def celery(args):
    from celery import Celery
    from celery.bin import beat, worker
    from celery.bin.base import CLIContext
    from celery.bin.celery import celery as group
    outer = group.make_context("celery", list(args), auto_envvar_prefix="CELERY")
    outer.obj = CLIContext(app=Celery("case"), no_color=True, workdir=None, quiet=True)
    name, *rest = [*outer._protected_args, *outer.args]
    command = {"worker": worker.worker, "beat": beat.beat}[name]
    return {**given(outer, args), **given(command.make_context(name, list(rest), parent=outer), rest)}


def given(context, args):
    """Options that the command line or the environment gives, by long flag; as written, before they are converted."""
    found = {}
    written = context.command.make_parser(context).parse_args(list(args))[0]
    for option in context.command.params:
        if option.param_type_name == "option" and context.get_parameter_source(option.name).name in ("COMMANDLINE", "ENVIRONMENT"):
            long = next(flag for flag in option.opts if flag.startswith("--"))
            found[long[2:].replace("-", "_")] = str(written.get(option.name, context.params[option.name]))
    return found


def run(case, answers):
    os.chdir(case["folder"])
    os.environ.update(case["environment"])
    sys.path.insert(0, case["folder"])
    status = 0
    try:
        settings = globals()[case["program"]](case["args"])
        answers.write(json.dumps(settings))
        answers.flush()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except Exception as error:
        print(type(error).__name__, error)
        status = 1
    sys.stdout.flush()
    os._exit(status)


def main():
    results = []
    cases = json.load(sys.stdin)
    # What does not look at the environment is imported once, for all the children.
    for program, modules in imported.items():
        if any(case["program"] == program for case in cases):
            for module in modules:
                importlib.import_module(module)
            if program == "celery":
                from celery import Celery
                Celery("first").conf.worker_concurrency
    for case in cases:
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as answers:
            child = os.fork()
            if child == 0:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                run(case, answers)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            output.seek(0)
            answers.seek(0)
            text = answers.read()
            results.append({"status": status, "output": output.read(), "settings": json.loads(text) if text else None})
    json.dump(results, sys.stdout)


main()
