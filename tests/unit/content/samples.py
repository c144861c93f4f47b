"""Three posts in every form that is read, and what each form has to give."""

from datetime import UTC, datetime

from pinlabs_mailer.content.found import FoundItem

POSTS = (
    FoundItem(
        url="https://labs.example/notes/a-quieter-pager",
        title="A quieter pager",
        summary="How we cut alerts by half & slept again – without missing one.",
        image_url="https://labs.example/pictures/pager.png",
        image_alt="a phone face down",
        published_at=datetime(2026, 11, 13, 9, 0, tzinfo=UTC),
    ),
    FoundItem(
        url="https://labs.example/notes/queues",
        title="Queues, drawn by hand",
        summary="A notebook of sketches. And what they taught us.",
        image_url="https://labs.example/pictures/queues.png",
        image_alt="arrows between boxes",
        published_at=datetime(2026, 11, 12, 8, 30, tzinfo=UTC),
    ),
    FoundItem(
        url="https://labs.example/notes/small-models",
        title="Small models, big rooms",
        summary="Serving on one machine.",
    ),
)

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Notes</title>
<item><title>A quieter pager</title><link>https://labs.example/notes/a-quieter-pager</link>
<pubDate>Fri, 13 Nov 2026 10:00:00 +0100</pubDate>
<media:content url="https://labs.example/pictures/pager.png" medium="image"
  ><media:description>a phone face down</media:description></media:content>
<description>&lt;p&gt;How we cut alerts by &lt;b&gt;half&lt;/b&gt; &amp;amp; slept again –
  without missing one.&lt;/p&gt;</description></item>
<item><title>Queues, drawn by hand</title><link>/notes/queues</link>
<pubDate>Thu, 12 Nov 2026 08:30:00 GMT</pubDate>
<description><![CDATA[<p>A notebook of sketches.</p><p>And what they taught us.</p>]]></description>
<media:group><media:content url="/pictures/queues.png" type="image/png"/>
<media:description>arrows between boxes</media:description></media:group></item>
<item><title>Small models, big rooms</title>
<guid>https://labs.example/notes/small-models</guid>
<description>Serving on one machine.</description></item>
</channel></rss>""".encode()

ATOM = """<?xml version="1.0"?>
<a:feed xmlns:a="http://www.w3.org/2005/Atom" xmlns:m="http://search.yahoo.com/mrss/"
  xml:base="https://labs.example/notes/"><a:title>Notes</a:title>
<a:entry><a:title type="html">A &lt;i&gt;quieter&lt;/i&gt; pager</a:title>
<a:link href="a-quieter-pager"/><a:link rel="enclosure" type="image/png"
  href="../pictures/pager.png" title="a phone face down"/>
<a:published>2026-11-13T09:00:00Z</a:published><a:updated>2026-11-20T09:00:00Z</a:updated>
<a:summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">How we cut alerts by
  <b>half</b> &amp; slept again – without missing one.</div></a:summary></a:entry>
<a:entry><a:title>Queues, drawn by hand</a:title><a:link rel="alternate" href="queues"/>
<m:thumbnail url="/pictures/queues.png"/><m:description>arrows between boxes</m:description>
<a:updated>2026-11-12T08:30:00Z</a:updated>
<a:content type="html">&lt;p&gt;A notebook of sketches.&lt;/p&gt;And what they taught us.
  &lt;script&gt;embed()&lt;/script&gt;</a:content></a:entry>
<a:entry><a:title>Small models, big rooms</a:title>
<a:link href="https://labs.example/notes/small-models"/>
<a:summary>Serving on one machine.</a:summary></a:entry>
</a:feed>""".encode()

JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "Notes", "items": [
{"id": "1", "url": "https://labs.example/notes/a-quieter-pager", "title": "A quieter pager",
 "summary": "How we cut alerts by half & slept again – without missing one.",
 "image": "https://labs.example/pictures/pager.png", "_image_alt": "a phone face down",
 "date_published": "2026-11-13T10:00:00+01:00"},
{"id": "2", "url": "/notes/queues", "title": "Queues, drawn by hand",
 "content_html": "<p>A notebook of sketches.</p><p>And what they taught us.</p>",
 "image": "/pictures/queues.png", "_image_alt": "arrows between boxes",
 "date_modified": "2026-11-12T08:30:00Z"},
{"id": "https://labs.example/notes/small-models", "title": "Small models, big rooms",
 "content_text": "Serving on one machine."}]}""".encode()

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Notes</title>
<base href="https://labs.example/notes/"></head><body><h1>Notes from the labs</h1>
<div class="grid">
<article><img src="../pictures/pager.png" alt="a phone face down"><div><h3>A quieter pager</h3>
<time datetime="2026-11-13T09:00:00Z">last Friday</time>
<p>How we cut alerts by <b>half</b> &amp; slept again – without missing one.</p></div>
<div><a href="a-quieter-pager">Read <span>more</span> →</a></div></article>
<article><img src="data:image/gif;base64,AAAA" data-src="/pictures/queues.png"
 alt="arrows between boxes"><h3>Queues, drawn by hand</h3>
<time datetime="2026-11-12T08:30:00+00:00"></time><p></p>
<p>A notebook of sketches. And what they taught us.</p>
<a href="queues">READ MORE<script>count()</script></a></article>
<article><h3>Small models, big rooms</h3><p>Serving on one machine.</p>
<a href="https://labs.example/notes/small-models">Read more about small models</a></article>
</div>
<section><img src="/join.png" alt="people"><h2>Come and join us</h2><p>We are many.</p>
<a href="/join">Join</a></section></body></html>""".encode()

BASE = "https://labs.example/"
FORMS = {"rss": RSS, "atom": ATOM, "json": JSON_FEED, "page": PAGE}


def rss(item: str, prolog: str = "") -> bytes:
    """Return an RSS feed with these items."""
    return f'{prolog}<rss version="2.0"><channel>{item}</channel></rss>'.encode()
