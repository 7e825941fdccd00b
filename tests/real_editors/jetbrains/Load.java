import com.intellij.ide.plugins.IdeaPluginDescriptorImpl;
import com.intellij.ide.plugins.PluginDescriptorLoader;
import com.intellij.ide.plugins.PluginManagerCore;
import com.intellij.openapi.extensions.ExtensionDescriptor;
import com.intellij.openapi.util.BuildNumber;
import com.intellij.util.xml.dom.XmlDomReader;
import com.intellij.util.xml.dom.XmlElement;
import java.io.FileNotFoundException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Loads plugins with the platform's own classes, and prints for each a line of JSON: what was read, or the problem.
 *
 * Arguments: builds of IDEs, separated by commas; then the plugins' jars.
 */
public class Load {
    private static final String LIVE_TEMPLATES = "com.intellij.defaultLiveTemplates";

    public static void main(String[] arguments) {
        String[] builds = arguments[0].split(",");
        for (String jar : Arrays.asList(arguments).subList(1, arguments.length)) {
            Map<String, Object> answer = new LinkedHashMap<>();
            try {
                answer.putAll(load(Path.of(jar), builds));
            } catch (Throwable problem) { // of the platform's logger too, which throws an AssertionError
                answer.put("problem", causes(problem));
            }
            System.out.println(json(answer));
        }
    }

    private static Map<String, Object> load(Path jar, String[] builds) throws Exception {
        IdeaPluginDescriptorImpl plugin = PluginDescriptorLoader.loadForCoreEnv(jar, "plugin.xml");
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("id", plugin.getPluginId().getIdString());
        found.put("name", plugin.getName());
        found.put("version", plugin.getVersion());
        found.put("url", plugin.url);
        found.put("depends", plugin.pluginDependencies.stream().map(one -> one.getPluginId().getIdString()).toList());
        found.put("builds", Arrays.stream(builds).filter(build -> fits(plugin, build)).toList());
        List<Object> files = new ArrayList<>();
        for (ExtensionDescriptor extension : plugin.epNameToExtensions.getOrDefault(LIVE_TEMPLATES, List.of())) {
            files.add(liveTemplates(jar, extension.element.getAttributeValue("file")));
        }
        found.put("live templates", files);
        return found;
    }

    private static boolean fits(IdeaPluginDescriptorImpl plugin, String build) {
        return PluginManagerCore.checkBuildNumberCompatibility(plugin, BuildNumber.fromString(build)) == null;
    }

    /** Reads a file of the plugin as a resource of its class loader, as the platform does. */
    private static Map<String, Object> liveTemplates(Path jar, String file) throws Exception {
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null);
             var stream = loader.getResourceAsStream(file)) {
            if (stream == null) {
                throw new FileNotFoundException(file);
            }
            return model(XmlDomReader.readXmlAsModel(stream));
        }
    }

    private static Map<String, Object> model(XmlElement element) {
        return Map.of(
            "name", element.name,
            "attributes", element.attributes,
            "children", element.children.stream().map(Load::model).toList());
    }

    private static List<String> causes(Throwable problem) {
        List<String> found = new ArrayList<>();
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            found.add(cause.toString());
        }
        return found;
    }

    private static String json(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                .map(entry -> json(entry.getKey()) + ":" + json(entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Load::json).collect(Collectors.joining(",", "[", "]"));
        }
        if (value == null) {
            return "null";
        }
        return value.toString().chars()
            .mapToObj(unit -> String.format("\\u%04x", unit))
            .collect(Collectors.joining("", "\"", "\""));
    }
}
