<?xml version="1.0" encoding="UTF-8"?><!-- c --><DTSControl a="b"><To_DTS>a&#65;&lt;<![CDATA[]]b]]></To_DTS><WorkflowId> w </WorkflowId><Other>x</Other><DTSId>0199</DTSId></DTSControl>
