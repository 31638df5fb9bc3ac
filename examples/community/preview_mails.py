"""Shows the digest mails in a browser while somebody works on them: `python preview_mails.py`."""

from flask import Flask, render_template

app = Flask(__name__, template_folder="mails")


@app.get("/<name>")
def preview(name):
    return render_template(f"{name}.html", user={"name": "Lin"}, posts=[])


if __name__ == "__main__":
    app.run(port=5050, debug=True)
