import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.zip.DeflaterOutputStream;

/**
 * A java.util.logging.Handler that reports to the /store/ address of a Sentry server.
 * Java 8 and later, no other library. Run with URL and KEY it logs a few records and prints the
 * server's status and the id of each.
 */
public final class SentryHandler extends Handler {
    /** The handler's own failures go here, and never to the handler. */
    private static final Logger ERRORS = Logger.getLogger("sentry.errors");

    private static final int TIMEOUT_MS = 5_000;

    private final URL url;
    private final String key;
    private final Predicate<Throwable> skip;
    private final BiConsumer<Integer, String> answered;
    private final BlockingQueue<String[]> waiting = new ArrayBlockingQueue<>(100);
    private final AtomicInteger unsent = new AtomicInteger();
    private volatile long freeAtNanos = System.nanoTime();

    /** Reports all but what {@code skip} names; {@code answered} is told status and id. */
    public SentryHandler(String url, String key, Predicate<Throwable> skip,
            BiConsumer<Integer, String> answered) throws IOException {
        this.url = URI.create(url).toURL();
        this.key = key;
        this.skip = skip;
        this.answered = answered;
        setFormatter(new SimpleFormatter());
        Thread sender = new Thread(this::work, "sentry");
        sender.setDaemon(true);
        sender.start();
    }

    /** The level of the protocol: SEVERE 40, WARNING 30, INFO 20, all finer ones 10. */
    static int number(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) return 40;
        if (level.intValue() >= Level.WARNING.intValue()) return 30;
        return level.intValue() >= Level.INFO.intValue() ? 20 : 10;
    }

    /** Queues the record and returns at once. What does not fit is dropped. */
    @Override
    public void publish(LogRecord record) {
        Throwable thrown = record.getThrown();
        String logger = String.valueOf(record.getLoggerName());
        if (!isLoggable(record) || logger.startsWith("sentry.")
                || thrown != null && skip.test(thrown)) {
            return;
        }
        try {
            String id = UUID.randomUUID().toString().replace("-", "");
            unsent.incrementAndGet();
            if (!waiting.offer(new String[] {id, json(id, record)})) unsent.decrementAndGet();
        } catch (RuntimeException error) {
            reportError("failed to queue a record", error, 0);
        }
    }

    /** Waits until all is sent, two seconds at most. */
    @Override
    public void flush() {
        flush(2_000);
    }

    void flush(long timeoutMs) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        synchronized (unsent) {
            try {
                while (unsent.get() > 0 && System.nanoTime() < until) unsent.wait(50);
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        flush();
    }

    private String json(String id, LogRecord record) {
        StringBuilder json = new StringBuilder("{");
        field(json, "message_id", id).append(',');
        json.append("\"level\":").append(number(record.getLevel())).append(',');
        field(json, "message", getFormatter().formatMessage(record)).append(',');
        field(json, "logger", record.getLoggerName()).append(',');
        String view = record.getSourceClassName() + "." + record.getSourceMethodName();
        field(json, "view", view).append(',');
        field(json, "server_name", hostName()).append(',');
        Throwable thrown = record.getThrown();
        if (thrown != null) field(json, "class_name", thrown.getClass().getSimpleName()).append(',');
        json.append("\"data\":{");
        field(json, "thread", Thread.currentThread().getName()).append(",\"__sentry__\":{");
        if (thrown != null) exception(json, thrown);
        return json.append("}}}").toString();
    }

    /** {@code "exc":[module,[text],[frames]]}, oldest call first. */
    private static void exception(StringBuilder json, Throwable thrown) {
        Package home = thrown.getClass().getPackage();
        json.append("\"exc\":[").append(quoted(home == null ? "" : home.getName())).append(",[");
        json.append(quoted(String.valueOf(thrown.getMessage()))).append("],[");
        StackTraceElement[] calls = thrown.getStackTrace();
        for (int i = calls.length - 1; i >= 0; i--) {
            json.append('{');
            field(json, "filename", String.valueOf(calls[i].getFileName())).append(',');
            field(json, "module", calls[i].getClassName()).append(',');
            field(json, "function", calls[i].getMethodName()).append(",\"vars\":[],\"lineno\":");
            json.append(Math.max(calls[i].getLineNumber(), 0)).append(i == 0 ? "}" : "},");
        }
        json.append("]]");
    }

    private static StringBuilder field(StringBuilder json, String name, String value) {
        return json.append(quoted(name)).append(':').append(quoted(value == null ? "" : value));
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < ' ' || c > '~') quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException error) {
            return "unknown";
        }
    }

    private void work() {
        while (true) {
            try {
                String[] next = waiting.take();
                try {
                    answered.accept(send(next[0], next[1]), next[0]);
                } finally {
                    unsent.decrementAndGet();
                    synchronized (unsent) {
                        unsent.notifyAll();
                    }
                }
            } catch (InterruptedException error) {
                return;
            } catch (RuntimeException error) {
                ERRORS.log(Level.WARNING, "failed to report", error);
            }
        }
    }

    /** The status of the answer, 0 without an answer. */
    private int send(String id, String json) {
        if (System.nanoTime() - freeAtNanos < 0) return 429;
        int status = 0;
        try {
            status = post(json);
            if (status >= 300) ERRORS.warning("failed to report " + id + ": " + status);
        } catch (IOException error) {
            ERRORS.warning("failed to report " + id + ": " + error);
        }
        return status;
    }

    private int post(String json) throws IOException {
        ByteArrayOutputStream zlib = new ByteArrayOutputStream();
        try (OutputStream deflater = new DeflaterOutputStream(zlib)) {
            deflater.write(json.getBytes(StandardCharsets.US_ASCII));
        }
        String data = Base64.getEncoder().encodeToString(zlib.toByteArray());
        String form = "data=" + URLEncoder.encode(data, "UTF-8")
                + "&key=" + URLEncoder.encode(key, "UTF-8") + "&format=json";
        HttpURLConnection post = (HttpURLConnection) url.openConnection();
        post.setConnectTimeout(TIMEOUT_MS);
        post.setReadTimeout(TIMEOUT_MS);
        // A redirected POST becomes a GET and loses the record: better to fail.
        post.setInstanceFollowRedirects(false);
        post.setDoOutput(true);
        post.setRequestProperty("Content-Type", "application/x-www-form-urlencoded");
        try (OutputStream body = post.getOutputStream()) {
            body.write(form.getBytes(StandardCharsets.US_ASCII));
        }
        int status = post.getResponseCode();
        if (status == 429) {
            int waitSecs = post.getHeaderFieldInt("Retry-After", 60);
            freeAtNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitSecs);
        }
        return status;
    }

    /** URL KEY */
    public static void main(String[] args) throws IOException {
        AtomicInteger good = new AtomicInteger();
        SentryHandler handler = new SentryHandler(args[0], args[1],
                thrown -> thrown instanceof InterruptedException,
                (status, id) -> {
                    System.out.println(status + " " + id);
                    if (status == 200) good.incrementAndGet();
                });
        Logger log = Logger.getLogger("shop.orders");
        log.setUseParentHandlers(false);
        log.setLevel(Level.ALL);
        log.addHandler(handler);
        log.severe("no stock at all\nsecond line: caf\u00e9");
        log.warning("stock is low");
        log.log(Level.INFO, "basket {0} is paid", 17);
        log.finer("basket 17 has 0 items");
        log.log(Level.SEVERE, "failed to take an order", new IllegalStateException("no price"));
        log.log(Level.SEVERE, "skipped", new InterruptedException());
        handler.flush(30_000);
        System.exit(good.get() == 5 ? 0 : 1);
    }
}
