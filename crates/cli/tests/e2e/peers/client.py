"""An app that uses `requests-oauthlib`, and its scripted user agent, played through one scenario.

    python client.py --issuer URL --scenario NAME [--lifetime SECONDS] [--no-proxy]
    python client.py --list

All traffic goes through the proxy named by HTTPS_PROXY and trusts the CA in REQUESTS_CA_BUNDLE.
Exit code: 0 when the scenario played out as written, 1 when it did not, 2 for wrong usage.
"""

import argparse
import json
import os
import sys
import traceback

sys.dont_write_bytecode = True

from python.report import Report
from python.scenarios import SCENARIOS
from python.stage import Stage


def main():
    args = arguments()
    if args.list:
        return list_scenarios()
    if args.scenario not in SCENARIOS or not args.issuer:
        return usage(f"no scenario {args.scenario} for {args.issuer}")
    if args.no_proxy:
        forget_proxies()
    elif "HTTPS_PROXY" not in os.environ:
        return usage("HTTPS_PROXY is not set")
    return play(args)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--issuer")
    parser.add_argument("--scenario")
    parser.add_argument("--lifetime", type=float, default=1)
    parser.add_argument("--no-proxy", action="store_true")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def list_scenarios():
    for name, scenario in SCENARIOS.items():
        line = {
            "scenario": name,
            "cause": scenario.cause,
            "provider": scenario.provider,
            "warnings": scenario.warnings,
        }
        print(json.dumps(line))
    return 0


def play(args):
    report = Report()
    try:
        SCENARIOS[args.scenario].play(Stage(args.issuer, args.lifetime, report))
        report.step("done", scenario=args.scenario)
        return 0
    except Exception:
        traceback.print_exc()
        print(f"{args.scenario}: did not play out as written", file=sys.stderr)
        return 1
    finally:
        report.print_secrets()


def forget_proxies():
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        os.environ.pop(name, None)


def usage(message):
    print(f"client.py: {message}\n{__doc__}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
