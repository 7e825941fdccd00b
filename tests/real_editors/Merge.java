// Merges texts with the Velocity that PyCharm's file templates are written for: one text a line, in Base64, and so the answer.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

class Merge {
    public static void main(String[] arguments) throws Exception {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.init();
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = asked.readLine(); line != null; line = asked.readLine()) {
            String text = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
            String answer;
            try {
                VelocityContext context = new VelocityContext();
                context.put("NAME", "train");
                StringWriter merged = new StringWriter();
                engine.evaluate(context, merged, "template", text);
                answer = merged.toString();
            } catch (Exception error) {
                answer = "error: " + error;
            }
            System.out.println(Base64.getEncoder().encodeToString(answer.getBytes(StandardCharsets.UTF_8)));
        }
    }
}
